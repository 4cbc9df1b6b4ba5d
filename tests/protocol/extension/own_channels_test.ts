/**
 * The names of the module's own channels, with and without a namespace.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  barrierChannel,
  controlChannel,
  publisherInbox,
  responderInbox,
  rollChannel,
} from "../../../src/protocol/extension/own_channels.ts";

Deno.test("The module's own channels are apart from those of Python peers", () => {
  assertEquals(publisherInbox("fio-1"), "state-signals:publisher:fio-1");
  assertEquals(responderInbox("a", "i1"), "state-signals:responder:i1:a");
  assertEquals(controlChannel(), "state-signals:control");
  assertEquals(rollChannel("7"), "state-signals:roll:7");
  assertEquals(barrierChannel("warm"), "state-signals:barrier:warm");
});

Deno.test("The module's own channels stand behind the namespace", () => {
  assertEquals(publisherInbox("a", "lab"), "lab:state-signals:publisher:a");
  assertEquals(
    responderInbox("a", "i1", "lab"),
    "lab:state-signals:responder:i1:a",
  );
  assertEquals(controlChannel("lab"), "lab:state-signals:control");
  assertEquals(rollChannel("7", "lab"), "lab:state-signals:roll:7");
  assertEquals(barrierChannel("warm", "lab"), "lab:state-signals:barrier:warm");
});

Deno.test("An empty namespace is none, as on the channels of the protocol", () => {
  assertEquals(controlChannel(""), controlChannel());
});
