/** From nothing to the first confirmed publish: this module. @module */

import { SignalExporter } from "../../../mod.ts";
import { PORT, published } from "./first_signal.ts";

const exporter = await SignalExporter.connect("bench", {
  redis: `redis://127.0.0.1:${PORT}`,
  logLevel: "ERROR",
});
await exporter.publishSignal("state");
await published();
