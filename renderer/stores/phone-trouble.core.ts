/**
 * Why no call can reach an agent, in codes of the language files (`phone.problem.<code>`); undefined when some phone of
 * the agent is registered, here or elsewhere.
 * @param phones registered phones, as the server counts them
 * @param registration of the phone in this window
 */
export function phoneTrouble<P extends string>(
  phones: number,
  registration: string,
  problem: P | undefined,
): P | 'asking' | 'connecting' | undefined {
  if (phones > 0) return undefined;
  if (registration === 'failed' && problem !== undefined) return problem;
  return registration === 'asking' ? 'asking' : 'connecting';
}
