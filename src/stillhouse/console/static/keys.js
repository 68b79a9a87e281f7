// "/" goes to the search, "g" and a letter to a page, "?" shows the list, Escape leaves a field.
const places = new Map(
  [...document.querySelectorAll("[data-key]")].map((link) => [link.dataset.key, link.href]),
);
const list = document.getElementById("keys");
let first = "";
let timer = 0;

const typing = (target) =>
  target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (first === "g") {
    first = "";
    const there = places.get(event.key);
    if (there) {
      event.preventDefault();
      location.assign(there);
    }
    return;
  }
  if (event.key === "/") {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (event.key === "?" && list && !list.open) {
    list.showModal();
  } else if (event.key === "g") {
    first = "g";
    clearTimeout(timer);
    timer = setTimeout(() => (first = ""), 1500);
  }
});

document.querySelector("[data-keys]")?.addEventListener("click", () => list?.showModal());
