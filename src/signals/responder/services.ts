/**
 * The calls of `serve` that run on one responder.
 *
 * @module
 */
import { checkOptions } from "../../internal/check.ts";
import type { Handlers, ServeOptions } from "./options.ts";
import { SERVE_NAMES, Service, type ServiceHost } from "./serve.ts";

/** Runs them. */
export class Services {
  readonly #host: ServiceHost;
  readonly #progressInterval: number;
  readonly #running = new Set<Service>();

  /** @param progressInterval Milliseconds between signs of progress, where the caller says nothing. */
  constructor(host: ServiceHost, progressInterval: number) {
    this.#host = host;
    this.#progressInterval = progressInterval;
  }

  /** Serves handlers. */
  async serve(handlers: Handlers, options: ServeOptions): Promise<void> {
    checkOptions(options, SERVE_NAMES);
    const { progressInterval = this.#progressInterval } = options;
    const terms = { ...options, progressInterval };
    const service = new Service(this.#host, handlers, terms);
    this.#running.add(service);
    try {
      await service.run(options.signal);
    } finally {
      this.#running.delete(service);
    }
  }

  /** Ends the handlers that work for a publisher that waits no more, whatever the locks say. */
  abandon(...why: Parameters<Service["abandon"]>): void {
    for (const service of this.#running) service.abandon(...why);
  }
}
