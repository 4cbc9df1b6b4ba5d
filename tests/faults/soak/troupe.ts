/**
 * The responders of a soak: as many as there should be, each in a process of
 * its own, and everything that they say that they did.
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
  /** Also those that are dead, as long as somebody may ask what they did. */
  readonly #all = new Map<string, RemoteResponder>();

  /** Starts so many responders. */
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

  /** Those that live. */
  get playing(): readonly RemoteResponder[] {
    return this.#playing;
  }

  /** What a responder answered to a signal, by the signal's number. */
  acted(responderId: string, number: number): number | undefined {
    return this.#all.get(responderId)?.acted(number);
  }

  /** Forgets what was done before a signal. */
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
   * @param interlude Is awaited between the two.
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

  /** SIGKILLs everybody, and reads what they have said until then. Idempotent. */
  async end(): Promise<void> {
    await Promise.all(this.#playing.map((each) => each.kill()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
