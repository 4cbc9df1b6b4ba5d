import { assertEquals } from "@std/assert";
import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import { vectors } from "../protocol/vectors.ts";
import { brokenRule } from "./wire_rules.ts";

const signal = (payload: string) => ({ channel: SIGNAL_CHANNEL, payload });
const response = (payload: string) => ({ channel: RESPONSE_CHANNEL, payload });

Deno.test("a message that Python sends breaks no rule", () => {
  const finite = vectors.signals_encoded.filter(({ fields }) =>
    fields !== "see payload"
  );
  const broken = [
    ...finite.map(({ payload }) => brokenRule(signal(payload))),
    ...vectors.responses_encoded.map(({ payload }) =>
      brokenRule(response(payload))
    ),
  ];
  assertEquals(broken.filter((rule) => rule !== undefined), []);
});

Deno.test("a message that ends a listener of Python breaks a rule", () => {
  const deadly = [
    ...vectors.responder_accepts.map((each) => ({
      ...each,
      message: signal(each.payload),
    })),
    ...vectors.exporter_accepts.map((each) => ({
      ...each,
      message: response(each.payload),
    })),
  ].filter(({ python }) => "raises" in python);
  assertEquals(deadly.length, 14);
  const passed = deadly.filter(({ message }) =>
    brokenRule(message) === undefined
  );
  assertEquals(passed.map((each) => each.case), []);
});

Deno.test("a ping, a ticket and the extension of a response break no rule", () => {
  const told = [
    { channel: "state-signals:publisher:p", payload: '{"_ss":{"ping":"p"}}' },
    signal(
      '{"publisher_id":"p","process_name":"f","event":"e","runner_host":"h","sample_no":1,"tag":"","metadata":{"_ss":{}}}',
    ),
    response('{"responder_id":"r","publisher_id":"p","event":"e","_ss":{}}'),
  ].map(brokenRule);
  assertEquals(told.filter((rule) => rule !== undefined), []);
});

Deno.test("another channel, another order of keys and a missing key break a rule", () => {
  const broken = [
    { channel: "other", payload: "{}" },
    { channel: "state-signals", payload: "{}" },
    signal(
      '{"publisher_id":"p","process_name":"f","event":"e","runner_host":"h","sample_no":1,"tag":"","_ss":{}}',
    ),
    response('{"responder_id":"r","publisher_id":"p","event":"e","_ss":1}'),
    response('{"publisher_id":"p","responder_id":"r","event":"e"}'),
    response('{"responder_id":"r","publisher_id":"p"}'),
    response('{"responder_id":"r","publisher_id":"p","event":"e","ras":1.0}'),
    response('{"responder_id":"r","publisher_id":"p","event":"e","id":1}'),
  ].map(brokenRule);
  assertEquals(broken.length, broken.filter(Boolean).length);
});
