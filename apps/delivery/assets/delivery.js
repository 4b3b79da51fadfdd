"use strict";
// What the pages of deliveries do better with scripts: they follow what happens, and what a rider presses
// without a connection is kept and sent once. Everything works without.
(() => {
  const parts = document.querySelector("[data-parts]");
  const id = (name) => document.getElementById(name);
  // The key of a form is new each time, and no reason to change what is shown.
  const text = (part) => part.outerHTML.replace(/name="form" value="\w*"/g, "").replace(/ open=""/g, "");
  const before = new Map();
  const note = (root) => { for (const part of root.children) before.set(part.id, text(part)); };
  if (parts) note(parts);

  const typing = (part) => {
    const field = document.activeElement;
    if (part.contains(field) && /INPUT|SELECT|TEXTAREA/.test(field.tagName)) return true;
    const fields = part.querySelectorAll("input:not([type=hidden]),textarea");
    return [...fields].some((it) => it.value !== it.defaultValue);
  };

  // The page as it is now takes the place of what has changed; what somebody is typing into stays.
  let asking = null;
  let again = false;
  function refresh() {
    if (!parts) return Promise.resolve();
    if (asking) { again = true; return asking; }
    asking = fetch(location.href, { headers: { accept: "text/html" } })
      .then(async (answer) => {
        if (!answer.ok || answer.redirected && !answer.url.startsWith(location.href.split("?")[0])) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-parts]");
        if (fresh) change(fresh);
      })
      .catch(() => {})
      .finally(() => { asking = null; if (again) { again = false; refresh(); } });
    return asking;
  }
  function change(fresh) {
    for (const name of ["live", "poll"]) {
      if (fresh.dataset[name] === undefined) delete parts.dataset[name];
      else parts.dataset[name] = fresh.dataset[name];
    }
    const there = new Set([...fresh.children].map((part) => part.id));
    for (const old of [...parts.children]) if (!there.has(old.id)) { old.remove(); before.delete(old.id); }
    let place = parts.firstElementChild;
    for (const part of [...fresh.children]) {
      const old = id(part.id);
      const said = text(part);
      if (!old) {
        parts.insertBefore(document.adoptNode(part), place);
      } else {
        if (before.get(part.id) !== said && !typing(old)) swap(old, part);
        else if (old !== place) parts.insertBefore(old, place);
        else { place = place.nextElementSibling; continue; }
        place = id(part.id).nextElementSibling;
      }
      if (!old || !typing(id(part.id))) before.set(part.id, said);
    }
    wait();
  }
  function swap(old, part) {
    // Told by a screen reader only where the words of the same element change.
    if (old.hasAttribute("data-text")) { old.innerHTML = part.innerHTML; return; }
    const dots = old.querySelector("#rider-dot");
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    const fresh = document.adoptNode(part);
    for (const [place, its] of [...old.querySelectorAll("details")].entries()) {
      const other = fresh.querySelectorAll("details")[place];
      if (other && its.open) other.open = true;
    }
    old.replaceWith(fresh);
    const dot = fresh.querySelector("#rider-dot");
    if (dots && dot) for (const name of ["cx", "cy"]) dot.setAttribute(name, dots.getAttribute(name));
    if (focus) (fresh.querySelector(`button[value="${focus.value}"]`) || fresh).focus();
  }

  // Follows while there is something to follow. A browser comes back by itself, and says what it saw last; where
  // it was turned away, the page is asked again, which renews a sign-in.
  let source = null;
  let soon = null;
  const later = () => {
    soon ??= setTimeout(() => { soon = null; refresh(); }, Number(parts.dataset.rest) || 150);
  };
  function follow() {
    const address = parts && parts.dataset.live;
    if (!address || source || !window.EventSource) return;
    source = new EventSource(address);
    for (const name of ["step", "order"]) source.addEventListener(name, () => later());
    source.addEventListener("begin", (event) => { if (!JSON.parse(event.data).resumed) later(); });
    source.addEventListener("again", () => later());
    source.addEventListener("end", () => { source.close(); source = null; later(); delete parts.dataset.live; });
    source.addEventListener("rider", (event) => moved(JSON.parse(event.data)));
    source.addEventListener("riders", (event) => riders(JSON.parse(event.data)));
    source.addEventListener("open", () => { parts.dataset.follows = "1"; });
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(() => refresh().then(follow), 5000);
      }
    });
  }
  const drawing = () => document.querySelector("#plan svg");
  const at = (svg, point) => {
    const { west, north, across, down } = svg.dataset;
    return [(point.long - west) * across, (north - point.lat) * down].map((it) => it.toFixed(1));
  };
  function moved({ point }) {
    const svg = drawing();
    const dot = id("rider-dot");
    if (!svg || !dot) return;
    const [x, y] = at(svg, point);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    const door = svg.querySelector("rect.b");
    const where = id("where");
    if (!door || !where) return;
    const metres = 111195 * Math.hypot(y - door.getAttribute("y"), x - door.getAttribute("x")) / svg.dataset.down;
    where.textContent = where.dataset.says.replace("{m}", Math.round(metres / 50) * 50);
  }
  function riders({ items }) {
    const svg = drawing();
    const all = id("riders");
    if (!svg || !all) return;
    all.replaceChildren(...items.map((item) => {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      const [x, y] = at(svg, item.point);
      for (const [name, value] of [["class", "rider"], ["cx", x], ["cy", y], ["r", 8]]) dot.setAttribute(name, value);
      const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
      title.textContent = item.rider.slice(-5).toUpperCase();
      dot.append(title);
      return dot;
    }));
  }

  // Looks again every few seconds where nothing can be followed.
  let poll = null;
  function wait() {
    const seconds = Number(parts && parts.dataset.poll);
    if (!seconds) { clearInterval(poll); poll = null; return; }
    poll ??= setInterval(() => { if (!document.hidden && navigator.onLine) refresh(); }, seconds * 1000);
  }

  // What a rider pressed: kept until it is sent, in order, each under the key it got when it was pressed, so that
  // it is done once however often it is sent.
  const SHELF = `iroko.queue ${location.pathname}`;
  const read = () => { try { return JSON.parse(localStorage.getItem(SHELF)) || []; } catch { return []; } };
  const write = (list) => { localStorage.setItem(SHELF, JSON.stringify(list)); show(list); };
  const shelf = id("queue");
  function show(list) {
    if (!shelf) return;
    shelf.hidden = list.length === 0;
    id("queue-list").replaceChildren(...list.map((item) => {
      const line = document.createElement("li");
      line.textContent = item.label;
      return line;
    }));
  }
  const say = (words) => { const said = id("queue-said"); if (said) said.textContent = words; };
  const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((it) => it.toString(16).padStart(2, "0")).join("");
  const kept = (file) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = failed;
    reader.readAsDataURL(file);
  });
  async function smaller(file) {
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 1280 / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return await new Promise((done) => canvas.toBlob((blob) => done(blob || file), "image/jpeg", 0.8));
    } catch {
      return file;
    }
  }
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-queue]") || !window.localStorage) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const fields = new FormData(form, event.submitter);
    fields.set("form", key());
    const item = { to: form.action, label: event.submitter ? event.submitter.textContent : "", fields: [] };
    const owner = form.closest("article");
    if (owner) item.label = `${owner.querySelector("h2").innerText} · ${item.label}`;
    form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    for (const [name, value] of fields) {
      if (typeof value === "string") item.fields.push([name, value]);
      else if (value.size) item.fields.push([name, await kept(await smaller(value)), "file"]);
    }
    write([...read(), item]);
    form.reset();
    // The next step is there at once, whether or not this one was sent.
    const step = form.closest(".step");
    if (step && step.nextElementSibling && step.nextElementSibling.matches(".step")) {
      step.hidden = true;
      step.nextElementSibling.hidden = false;
    }
    flush();
  }, true);
  function blob(address) {
    const [head, base64] = address.split(",");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: head.slice(5).split(";")[0] });
  }
  function body(item) {
    if (!item.fields.some((field) => field[2])) return new URLSearchParams(item.fields);
    const form = new FormData();
    for (const [name, value, file] of item.fields) {
      if (file) form.append(name, blob(value), "photo.jpg");
      else form.append(name, value);
    }
    return form;
  }
  const same = (one, other) => JSON.stringify(one.fields) === JSON.stringify(other.fields);
  let sending = false;
  let pause = 2000;
  async function flush() {
    if (sending || !shelf) return;
    sending = true;
    let done = 0;
    let renewed = false;
    try {
      for (let item = read()[0]; item; item = read()[0]) {
        const answer = await fetch(item.to, { method: "POST", body: body(item), redirect: "manual" });
        if (answer.status === 401) {
          // To look at the page renews a sign-in, where it can be renewed.
          if (renewed) { say(shelf.dataset.ended); break; }
          renewed = true;
          await refresh();
          continue;
        }
        if (answer.status === 408 || answer.status === 429 || answer.status >= 500) throw new Error("later");
        if (answer.type !== "opaqueredirect" && !answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const why = page.querySelector(".faults li, main p");
          say(`${shelf.dataset.failed} ${item.label}. ${why ? why.textContent : ""}`);
          before.clear();
        } else {
          done += 1;
        }
        write(read().filter((its) => !same(its, item)));
        pause = 2000;
      }
      if (done && !read().length) say(shelf.dataset.sent);
      await refresh();
    } catch {
      pause = Math.min(pause * 2, 60000);
      setTimeout(flush, pause);
    } finally {
      sending = false;
      if (parts) for (const button of parts.querySelectorAll("[data-queue] button")) button.disabled = false;
    }
  }
  window.addEventListener("online", () => { pause = 2000; flush(); });

  // Where a rider on duty is, every ten seconds: who is silent is taken for gone. What could not be sent is old by
  // then, and left out.
  let last = null;
  function tell() {
    const duty = document.querySelector("[data-here]");
    if (!duty || !last || !navigator.onLine) return;
    const place = new URLSearchParams({ lat: last.latitude, long: last.longitude, at: new Date().toISOString() });
    fetch(duty.dataset.here, { method: "POST", body: place, redirect: "manual" }).catch(() => {});
  }
  if (document.querySelector("[data-here]") && navigator.geolocation) {
    const first = ({ coords }) => { const is = last; last = coords; if (!is) tell(); };
    navigator.geolocation.watchPosition(first, () => {}, { enableHighAccuracy: true, maximumAge: 5000 });
    setInterval(tell, 10000);
  }

  show(read());
  if (read().length) flush();
  follow();
  wait();
})();
