/**
 * What each of these scripts publishes, and how it says that it has.
 *
 * @module
 */

export const CHANNEL = "event-signal-pubsub";

export const SIGNAL =
  '{"publisher_id":"bench-5c0a5d9e-6f0b-4c5e-9f0e-0c6d5a1b2c3d",' +
  '"process_name":"bench","event":"state","runner_host":"bench-host",' +
  '"sample_no":-1,"tag":"No tag specified"}';

/** The port of the server. */
export const PORT = Number(Deno.args[0]);

/** Says that the publish was confirmed, and stays to be looked at. */
export async function published(): Promise<void> {
  Deno.stdout.writeSync(new Uint8Array(1));
  await Deno.stdin.read(new Uint8Array(1));
}
