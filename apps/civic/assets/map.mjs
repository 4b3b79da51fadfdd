// The map that moves: it takes the place of the picture once it is ready, and only then.
const holder = document.getElementById("live");
if (holder) start(holder.dataset).catch(() => holder.remove());

async function start(say) {
  const { Map, NavigationControl, setWorkerUrl } = await import(say.library);
  await style(say.style);
  setWorkerUrl(say.worker);
  const [lat, long] = say.at.split(",").map(Number);
  holder.hidden = false;
  const map = new Map({
    container: holder,
    center: [long, lat],
    // Its tiles are twice as wide as those that the picture counts in.
    zoom: Math.max(0, Number(say.zoom) - 1),
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    locale: { "Map.Title": say.title, "NavigationControl.ZoomIn": say.in, "NavigationControl.ZoomOut": say.out },
    style: drawn(new URL(say.tiles, location).href, new URL(say.areas, location).href),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }));
  map.once("load", () => {
    for (const it of document.querySelectorAll(".instead")) it.hidden = true;
    holder.dataset.ready = "1";
  });
  map.on("moveend", () => settled(map));
  for (const layer of ["clusters", "points"]) {
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  map.on("click", "clusters", ({ lngLat }) => map.easeTo({ center: lngLat, zoom: map.getZoom() + 2 }));
  map.on("click", "points", ({ features }) => { location.href = say.request + features[0].properties.id; });
}

// What is asked again shows the list of what was looked at last.
function settled(map) {
  const { lng, lat } = map.getCenter();
  const zoom = Math.round(map.getZoom()) + 1;
  const at = `${lat.toFixed(7)},${lng.toFixed(7)}`;
  const url = new URL(location);
  url.searchParams.delete("cursor");
  url.searchParams.set("at", at);
  url.searchParams.set("z", zoom);
  history.replaceState(null, "", url);
  for (const [name, value] of [["at", at], ["z", zoom]]) {
    for (const input of document.querySelectorAll(`main input[name=${name}]`)) input.value = value;
  }
}

function style(href) {
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: failed });
    document.head.append(link);
  });
}

function drawn(tiles, areas) {
  const template = (url) => [decodeURIComponent(url)];
  const over = ["+", ["coalesce", ["get", "resolved"], 0], ["coalesce", ["get", "closed"], 0]];
  const colour = (isOpen) => ["case", isOpen, "#a4262c", "#2b6a4d"];
  const edge = { "circle-stroke-color": "#fff", "circle-stroke-width": 1 };
  return {
    version: 8,
    sources: {
      requests: { type: "vector", tiles: template(tiles), maxzoom: 20 },
      areas: { type: "vector", tiles: template(areas), maxzoom: 16 },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#f4f1ea" } },
      { id: "areas", type: "line", source: "areas", "source-layer": "areas", paint: { "line-color": "#8a8578", "line-width": 1.5 } },
      {
        id: "clusters", type: "circle", source: "requests", "source-layer": "clusters",
        paint: {
          ...edge,
          "circle-radius": ["case", ["<=", ["get", "count"], 1], 5, ["+", 10, ["log2", ["get", "count"]]]],
          "circle-color": colour([">", ["get", "count"], over]),
        },
      },
      {
        id: "counts", type: "symbol", source: "requests", "source-layer": "clusters", filter: [">", ["get", "count"], 1],
        layout: {
          "text-field": ["case", [">=", ["get", "count"], 1000], ["concat", ["to-string", ["floor", ["/", ["get", "count"], 1000]]], "k"], ["to-string", ["get", "count"]]],
          "text-size": 12, "text-allow-overlap": true,
        },
        paint: { "text-color": "#fff" },
      },
      {
        id: "points", type: "circle", source: "requests", "source-layer": "points",
        paint: { ...edge, "circle-radius": 6, "circle-color": colour(["!", ["in", ["get", "status"], ["literal", ["resolved", "closed"]]]]) },
      },
    ],
  };
}
