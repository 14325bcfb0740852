/** `3 member, 1 lost` */
export function toCounts(counts: Readonly<Record<string, number>>): string {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return present.length === 0 ? 'none' : present.map(([state, count]) => `${count} ${state}`).join(', ');
}
