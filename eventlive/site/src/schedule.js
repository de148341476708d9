/**
 * When things happen again: delays as pure functions, and the two loops that follow them.
 * Imports nothing, so that Node can test it.
 */

const FALLBACK_FIRST_MS = 2_000;
const FALLBACK_MAX_MS = 30_000;
const STATISTICS_MS = 10_000;
const STATISTICS_MAX_MS = 120_000;
const PING_MS = 120_000;
const PING_JITTER_MS = 10_000;

/** Milliseconds before turn `run` (0, 1, …) of a back-off: 2, 4, 8, 16, then 30 seconds. */
export function backOffMs(run) {
  return Math.min(FALLBACK_MAX_MS, FALLBACK_FIRST_MS * 2 ** run);
}

/** Milliseconds before the next look at the statistics: at once, then 10 s, doubled per failure. */
export function statisticsDelayMs(run, failures) {
  return run === 0 ? 0 : Math.min(STATISTICS_MAX_MS, STATISTICS_MS * 2 ** failures);
}

/** Milliseconds before the next ping: at once, then 120 s ± 10 s, so that a full house spreads out. */
export function pingDelayMs(run, random = Math.random()) {
  return run === 0 ? 0 : PING_MS + (2 * random - 1) * PING_JITTER_MS;
}

/**
 * Milliseconds between two drawings of a chat in which so many messages arrive per second, in a room
 * of so many people. Nobody reads a flood line by line, and to draw 400 pages costs the machine that
 * shows them two seconds.
 */
export function drawDelayMs(perSecond, people = 0) {
  const byPace_ms = perSecond > 15 ? 3_000 : perSecond > 5 ? 1_000 : 250;
  return Math.max(byPace_ms, Math.min(4_000, 10 * people));
}

/** Milliseconds before an attendee count is shown: a full house need not be exact to the second. */
export function countDelayMs(people) {
  return Math.min(10_000, 1_000 + 25 * people);
}

/** True when the server understood and said no: asking again cannot help. */
export function isRefusal(error) {
  return error.status >= 400 && error.status < 500;
}

/** Resolves after `ms` milliseconds. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The result of `work`, tried again with back-off while the server is unreachable or failing.
 * A refusal, the last attempt's error, or a mistake in `work` itself is thrown.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {{attempts?: number, isWanted?: () => boolean}} [options] `isWanted` ends the wait early
 * @returns {Promise<T>}
 */
export async function withRetry(work, { attempts = 6, isWanted = () => true } = {}) {
  for (let run = 0; ; run += 1) {
    try {
      return await work();
    } catch (error) {
      if (error.status === undefined || isRefusal(error) || run + 1 >= attempts) throw error;
      await pause(backOffMs(run));
      if (!isWanted()) throw error;
    }
  }
}

/**
 * Work that repeats until it is stopped. Turns never overlap, and a refusal ends it for good:
 * a page that keeps asking for what it may not have is how consoles overload a server.
 */
export class Repeat {
  #work;
  #delayMs;
  #onRefused;
  #timer = null;
  #turn = 0;
  #isRefused = false;

  /**
   * @param {() => Promise<unknown>} work
   * @param {(run: number, failures: number) => number} delayMs wait before turn `run`, given the
   *   number of failures in a row
   * @param {(error: Error) => void} [onRefused]
   */
  constructor(work, delayMs, onRefused = () => {}) {
    this.#work = work;
    this.#delayMs = delayMs;
    this.#onRefused = onRefused;
  }

  get isRefused() {
    return this.#isRefused;
  }

  /** Turns follow from now on; nothing changes if they already do or were refused. */
  start() {
    if (this.#timer === null && !this.#isRefused) this.#schedule(0, 0);
  }

  /** No further turn begins. */
  stop() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#turn += 1;
  }

  #schedule(run, failures) {
    const turn = (this.#turn += 1);
    const take = () => this.#take(turn, run, failures);
    this.#timer = setTimeout(take, this.#delayMs(run, failures));
  }

  async #take(turn, run, failures) {
    let failed = 0;
    try {
      await this.#work();
    } catch (error) {
      if (error.status === undefined) throw error;
      if (isRefusal(error)) return this.#refuse(error);
      failed = failures + 1;
    }
    if (turn === this.#turn) this.#schedule(run + 1, failed);
  }

  #refuse(error) {
    this.stop();
    this.#isRefused = true;
    this.#onRefused(error);
  }
}
