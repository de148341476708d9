/** The console's numbers and attendee table. */

/**
 * @typedef {object} Statistics
 * @property {number} present
 * @property {number} registered
 * @property {number} messages
 * @property {{user_id: string, display_name: string, last_seen_at: string}[]} attendees
 */

export class StatisticsView {
  #tiles;
  #rows;
  #empty;
  #age;
  #shown = "";

  /**
   * @param {{tiles: Record<"present"|"registered"|"messages", HTMLElement>, rows: HTMLElement, empty: HTMLElement, age: HTMLElement}} parts
   */
  constructor({ tiles, rows, empty, age }) {
    this.#tiles = tiles;
    this.#rows = rows;
    this.#empty = empty;
    this.#age = age;
  }

  /** @param {Statistics} statistics */
  show(statistics) {
    for (const [name, tile] of Object.entries(this.#tiles)) {
      tile.textContent = String(statistics[name]);
    }
    this.#age.textContent = `${time(new Date())} 기준`;
    this.#showAttendees(statistics.attendees);
  }

  /** The numbers on screen stay, and the page says that they are old. */
  showStopped(reason) {
    this.#age.role = "alert";
    this.#age.textContent = `갱신이 중단되었습니다. ${reason}`;
  }

  #showAttendees(attendees) {
    const text = JSON.stringify(attendees);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#empty.hidden = attendees.length > 0;
    this.#rows.replaceChildren(...attendees.map(rowFor));
  }
}

function rowFor({ display_name: name, last_seen_at: lastSeen }) {
  const row = document.createElement("tr");
  const heading = document.createElement("th");
  heading.scope = "row";
  heading.textContent = name;
  const cell = document.createElement("td");
  cell.textContent = time(new Date(lastSeen));
  row.append(heading, cell);
  return row;
}

function time(at) {
  return at.toTimeString().slice(0, 8);
}
