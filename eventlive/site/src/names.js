/** Display names by user id. Change events carry none; presence and history usually know them. */

const GATHER_MS = 3_000;
const BATCH_MAX = 100;

export class Names {
  #known = new Map();
  #wanted = new Set();
  #timer = null;
  #fetchProfiles;
  #onLearned;

  /**
   * @param {(ids: string[]) => Promise<{id: string, display_name: string}[]>} fetchProfiles
   * @param {() => void} onLearned called after names arrived that had been asked for
   */
  constructor(fetchProfiles, onLearned) {
    this.#fetchProfiles = fetchProfiles;
    this.#onLearned = onLearned;
  }

  learn(userId, name) {
    if (name) this.#known.set(userId, name);
  }

  /** The name, or undefined; an unknown one is asked for together with others a little later. */
  of(userId) {
    const name = this.#known.get(userId);
    if (name === undefined) this.#want(userId);
    return name;
  }

  #want(userId) {
    this.#wanted.add(userId);
    this.#timer ??= setTimeout(() => this.#ask(), GATHER_MS);
  }

  async #ask() {
    this.#timer = null;
    const ids = [...this.#wanted].filter((id) => !this.#known.has(id)).slice(0, BATCH_MAX);
    this.#wanted.clear();
    if (ids.length > 0) await this.#fetchNames(ids);
    this.#onLearned();
  }

  async #fetchNames(ids) {
    try {
      for (const profile of await this.#fetchProfiles(ids)) {
        this.learn(profile.id, profile.display_name);
      }
    } catch (error) {
      // A nameless message is readable, so only a mistake of ours is worth an error.
      if (error.status === undefined) throw error;
    }
    for (const id of ids) if (!this.#known.has(id)) this.#known.set(id, "참석자");
  }
}
