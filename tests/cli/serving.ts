/**
 * Responders that the commands of a test meet.
 *
 * @module
 */
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import type { Handlers } from "../../src/signals/responder/options.ts";

/** A responder of our own that serves handlers until it is disposed of. */
export async function serving(
  redis: string,
  name: string,
  handlers: Handlers,
): Promise<AsyncDisposable & { readonly id: string }> {
  const responder = await SignalResponder.connect({ redis, name });
  const served = responder.serve(handlers);
  return {
    id: responder.responderId,
    async [Symbol.asyncDispose]() {
      await responder.close();
      await served;
    },
  };
}
