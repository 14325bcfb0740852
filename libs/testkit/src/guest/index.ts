export { mintedPolicy } from './guest-policy.ts';
export {
  appraiseGuest,
  collectFrom,
  findingsOf,
  MINT_BINDING,
  MINT_CLUSTER_ID,
  verifyGuest,
  type Judging,
} from './judge-guest.ts';
export { mintGuest, type GuestOptions } from './mint-guest.ts';
export { GUEST_VARIANTS, type GuestVariant, type MintedGuest } from './minted-guest.ts';
