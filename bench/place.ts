export const CLUSTER = 'bench';

/** A control plane takes only machines that it names, so one machine creates the cluster and the others are workers. */
export const POOLS = {
  first: { name: 'first', role: 'control-plane' },
  workers: { name: 'workers', role: 'worker' },
} as const;
