/**
 * The responders of a soak, each in a process of its own, and the records of
 * their acts.
 *
 * @module
 */

import {
  type RemoteRedis,
  RemoteResponder,
} from "../../support/remote_responder.ts";

/** The responders; disposing of them kills them. */
export class Troupe implements AsyncDisposable {
  readonly #redis: RemoteRedis;
  readonly #playing: RemoteResponder[];
  /** All responders, also dead ones whose records may still be read. */
  readonly #all = new Map<string, RemoteResponder>();

  /** Starts `size` responders. */
  static async start(size: number, redis: RemoteRedis): Promise<Troupe> {
    const playing = Array.from(
      { length: size },
      () => RemoteResponder.start(redis),
    );
    return new Troupe(redis, await Promise.all(playing));
  }

  private constructor(redis: RemoteRedis, playing: RemoteResponder[]) {
    this.#redis = redis;
    this.#playing = playing;
    for (const each of playing) this.#all.set(each.responderId, each);
  }

  /** The live responders. */
  get playing(): readonly RemoteResponder[] {
    return this.#playing;
  }

  /** The `ras` of a responder's response to a signal, by the signal's number. */
  acted(responderId: string, number: number): number | undefined {
    return this.#all.get(responderId)?.acted(number);
  }

  /** Forgets the records from before a signal. */
  forget(before: number): void {
    for (const [responderId, responder] of this.#all) {
      const remembers = responder.forget(before);
      if (!remembers && !this.#playing.includes(responder)) {
        this.#all.delete(responderId);
      }
    }
  }

  /**
   * SIGKILLs a responder and starts another in its place.
   *
   * @param interlude Awaited between the kill and the start.
   */
  async replace(
    responder: RemoteResponder,
    interlude: () => Promise<unknown>,
  ): Promise<void> {
    await responder.kill();
    await interlude();
    const successor = await RemoteResponder.start(this.#redis);
    this.#playing.splice(this.#playing.indexOf(responder), 1, successor);
    this.#all.set(successor.responderId, successor);
  }

  /** SIGKILLs all responders, and reads their records so far. Idempotent. */
  async end(): Promise<void> {
    await Promise.all(this.#playing.map((each) => each.kill()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
