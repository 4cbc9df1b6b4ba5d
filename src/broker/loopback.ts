/**
 * Tells addresses that only this machine can reach.
 *
 * @module
 */

/** A part of an IPv4 address as `inet_aton` reads it: hexadecimal, octal or decimal. */
const IPV4 =
  /^(0x[\da-f]+|0[0-7]*|[1-9]\d*)(\.(0x[\da-f]+|0[0-7]*|[1-9]\d*)){0,3}$/i;
const IPV6 = /^(?:\[([\da-f:.]+)\]|([\da-f:.]*:[\da-f:.]*))$/i;
/** `::1`, and 127.0.0.0/8 within IPv6, as the URL parser writes them. */
const LOOPBACK_IPV6 = /^\[::(1|ffff:7f[\da-f]{2}:[\da-f]{1,4})\]$/;

/**
 * Whether an address is certainly a loopback address, however it is written.
 * Names are not, because resolvers may answer anything. `localhost` is an
 * exception: the caller must check the address that it resolves to as well.
 *
 * @param hostname An address or a name, as `Deno.listen` takes it.
 */
export function isLoopback(hostname: string): boolean {
  if (/^localhost$/i.test(hostname)) return true;
  if (IPV4.test(hostname)) {
    return parsed(hostname)?.startsWith("127.") ?? false;
  }
  const ipv6 = IPV6.exec(hostname);
  if (ipv6 === null) return false;
  return LOOPBACK_IPV6.test(parsed(`[${ipv6[1] ?? ipv6[2]}]`) ?? "");
}

/** An address in its one standard form: the URL parser reads all forms. */
function parsed(host: string): string | undefined {
  return URL.parse(`http://${host}/`)?.hostname;
}
