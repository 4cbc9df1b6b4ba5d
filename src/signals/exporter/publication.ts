/**
 * One announcement on its way through the publishes: an object with methods, as
 * closures would be made anew for each.
 *
 * @module
 */
import type { Ticket } from "../../protocol/extension/extension.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import type { Receipt } from "../../transport/transport.ts";
import type { Contact } from "./peer_inboxes.ts";
import type { Membership } from "./membership.ts";
import type { Terms, Wait } from "./pending_publish.ts";
import type { Presence } from "../roll_call/presence.ts";
import type { Roster } from "./roster.ts";
import type { Send } from "./sends.ts";
import type { Outgoing } from "./unanswered.ts";

/** A signal that was checked, and how its answers are waited for. */
export interface Announcement extends Terms {
  readonly event: string;
  readonly tag: string | undefined;
  /** The signal, encoded and left open. */
  readonly open: string;
  /** Its metadata, encoded but for their braces; nothing where there are none. */
  readonly fields: string | undefined;
  readonly wait: Wait;
  enough(subscribers: number): number | undefined;
}

/** What publishing takes, the same for all signals of an exporter. */
export interface Means {
  roster: Roster;
  membership: Membership;
  contact: Contact;
  presence: Presence;
  send: Send;
  /** Asks for subscribers once more. */
  askAgain(): void;
  /** Sends soon what has not been answered to those once more who know it again. */
  repeat(): void;
  /** Throws where an event may not be published any more. */
  checkLegal(event: string): void;
}

/** Publishes one announcement by these means. */
export class Publication implements Outgoing {
  readonly event: string;
  readonly wait: Wait;
  readonly #announcement: Announcement;
  readonly #means: Means;

  constructor(announcement: Announcement, means: Means) {
    this.event = announcement.event;
    this.wait = announcement.wait;
    this.#announcement = announcement;
    this.#means = means;
  }

  clear(): Promise<void> | undefined {
    const { membership, askAgain } = this.#means;
    return membership.catchUp(this.event, this.wait, askAgain);
  }

  get terms(): Terms {
    return this.#announcement;
  }

  begin(): ReadonlySet<string> {
    const { checkLegal, roster } = this.#means;
    checkLegal(this.event);
    return roster.current;
  }

  encode(ticket: Ticket | undefined): string {
    const { presence, contact } = this.#means;
    const { open, fields, tag } = this.#announcement;
    presence.note(this.event, tag);
    return contact.stamp(open, fields, ticket);
  }

  send(payload: string, wait: Wait, receipt: Receipt): void {
    this.#means.send(payload, wait, receipt);
  }

  unconfirmed(error: unknown): void {
    // Who can tell that it is the same signal gets it once more.
    if (outcomeOf(error) === "unknown") this.#means.repeat();
  }
}
