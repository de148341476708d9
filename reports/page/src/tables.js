/** Tables that can be sorted by their heads, and the users' filter. */

const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

export function offerSorting() {
  for (const table of document.querySelectorAll("table.sortable")) {
    table.tHead.addEventListener("click", ({ target }) => {
      const head = target.closest("th");
      if (target.closest("button") && head) sort(table, head);
    });
  }
}

function sort(table, head) {
  const place = head.cellIndex;
  const isUp = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => [key(row.cells[place]), row]);
  keyed.sort(([one], [other]) => order(one, other, isUp));
  body.append(...keyed.map(([, row]) => row));
}

/** A number where the cell is one; nothing is last, whichever way. */
function key(cell) {
  const text = (cell.dataset.key ?? cell.textContent).trim();
  if (text === "" || text === "–") return null;
  const number = Number(text.replaceAll(",", "").split("/")[0]);
  return Number.isNaN(number) ? text : number;
}

function order(one, other, isUp) {
  if (one === null || other === null) return (one === null) - (other === null);
  const sign = isUp ? 1 : -1;
  const areNumbers = typeof one === "number" && typeof other === "number";
  return sign * (areNumbers ? one - other : collator.compare(String(one), String(other)));
}

export function offerFilter() {
  const form = document.getElementById("people-form");
  if (!form) return;
  const [sought, wrong, count] = ["filter", "wrong", "count"].map((name) => document.getElementById(`people-${name}`));
  const rows = [...document.getElementById("people").tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const word = sought.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, place) => {
      row.hidden = !texts[place].includes(word) || (wrong.checked && !row.classList.contains("wrong"));
      shown += !row.hidden;
    });
    count.textContent = `${shown} / ${rows.length}`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
