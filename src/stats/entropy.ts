/** Entropy of frequencies that sum to 1, in nats. */
export function entropyOf(shares: readonly number[]): number {
  return -shares.reduce((sum, share) => (share === 0 ? sum : sum + share * Math.log(share)), 0);
}
