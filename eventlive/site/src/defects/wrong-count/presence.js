/** Counts one person too many. */

import { Attendance as Healthy } from "healthy:presence.js";

export class Attendance extends Healthy {
  constructor(show) {
    super((count) => show(count + 1));
  }
}
