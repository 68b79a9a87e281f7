// Tables that sort by a click on a heading and are filtered by words. The order and the rows that
// the server sent are right without this.
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

const key = (row, column) => {
  const cell = row.cells[column];
  return cell?.dataset.value ?? cell?.textContent.trim() ?? "";
};

// Exact amounts are longer than a double: compare whole numbers as such.
const compare = (a, b) => {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return collator.compare(a, b);
};

const sort = (table, heading, column) => {
  const numeric = heading.classList.contains("n");
  const was = heading.getAttribute("aria-sort");
  const down = was ? was === "ascending" : numeric;
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.sort((a, b) => (down ? -1 : 1) * compare(key(a, column), key(b, column)));
  body.append(...rows);
};

for (const table of document.querySelectorAll("table[data-sorts]")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    if (!heading.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(table, heading, column));
  });
}

for (const field of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(field.dataset.filters);
  field.closest("[hidden]")?.removeAttribute("hidden");
  const told = field.parentElement.querySelector("[data-shown]");
  field.addEventListener("input", () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    if (told) told.textContent = words.length ? `${shown} / ${table.tBodies[0].rows.length}` : "";
  });
}
