"use strict";
// What a page can do better with scripts; everything works without.
(() => {
  const fault = document.querySelector(".faults");
  if (fault) fault.focus();
  const id = (name) => document.getElementById(name);
  // A form is sent once.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 10000);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
  // "Here" fills in the coordinates.
  const locate = id("locate");
  if (locate && navigator.geolocation) {
    locate.parentElement.hidden = false;
    const told = id("located");
    locate.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          id("lat").value = coords.latitude.toFixed(7);
          id("long").value = coords.longitude.toFixed(7);
          id("lat").closest("details").open = true;
          told.textContent = `${id("lat").value}, ${id("long").value}`;
        },
        () => { told.textContent = locate.dataset.fails; },
        { enableHighAccuracy: true, timeout: 15000 },
      );
    });
  }
  // Photos are made smaller before they go over a weak line. What cannot be read goes as it is.
  const file = id("file");
  if (file && window.createImageBitmap && window.DataTransfer) {
    file.addEventListener("change", async () => {
      const chosen = new DataTransfer();
      for (const its of file.files) chosen.items.add(await smaller(its));
      file.files = chosen.files;
    });
  }
  async function smaller(its) {
    try {
      const image = await createImageBitmap(its, { imageOrientation: "from-image" });
      const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
      if (scale === 1 && its.size < 1000000) return its;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return blob && blob.size < its.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : its;
    } catch {
      return its;
    }
  }
})();
