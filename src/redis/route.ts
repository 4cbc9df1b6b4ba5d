/**
 * The way from the addresses that a caller named to the server to use. Types only.
 *
 * @module
 */
import type { DialOptions } from "../link/connection.ts";
import type { Endpoint } from "./settings.ts";

/** What finding a server needs to know. */
export type FindOptions = Pick<DialOptions, "signal" | "attempt">;

/** Finds the server of a link. */
export interface Route {
  /**
   * Finds the server to dial now.
   *
   * @throws {Error} If it can't be found.
   */
  find(options: FindOptions): Promise<Endpoint>;
  /** Ends what the route has opened. */
  close?(): void;
}
