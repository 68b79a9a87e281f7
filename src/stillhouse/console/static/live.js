// The newest figures, as the server writes them: {"name": "text"} into [data-live="name"].
const fields = document.querySelectorAll("[data-live]");
if (fields.length) {
  const source = new EventSource("/live");
  source.addEventListener("message", (event) => {
    const said = JSON.parse(event.data);
    for (const field of fields) {
      const text = said[field.dataset.live];
      if (text !== undefined && field.textContent !== text) field.textContent = text;
      if (field.dataset.alarm !== undefined) field.classList.toggle("red", said.alarm === "yes");
    }
  });
  addEventListener("pagehide", () => source.close());
}

// A page that waits for something asks again, gently.
const again = document.querySelector("[data-reload-s]");
if (again) {
  setInterval(async () => {
    if (document.hidden || document.activeElement?.closest("form")) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-reload-s]");
    if (fresh) again.replaceChildren(...fresh.childNodes);
  }, Number(again.dataset.reloadS) * 1000);
}
