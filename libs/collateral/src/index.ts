export { importBundle, readBundle, toBundle, writeBundle, type Imported } from './bundle/bundle.ts';
export { DirectoryStore } from './cache/directory-store.ts';
export type { Shelf } from './cache/shelf.ts';
export type { CollateralStore } from './cache/store.ts';
export { SYSTEM_CLOCK, type Clock } from './clock.ts';
export {
  CollateralInputError,
  CollateralNotGenuineError,
  CollateralUndecidedError,
  isCollateralError,
  type CollateralError,
} from './errors.ts';
export { vendorDispatcher, type ProxySettings } from './http/dispatcher.ts';
export type { CollateralItem, VendorRoots, VerifiedItem } from './items/item.ts';
export { needKey, parseNeed, type NeedKey } from './items/need-key.ts';
export { verifyItem } from './items/verify-item.ts';
export { openCollateral, type CollateralOptions, type OpenCollateral } from './open-collateral.ts';
export type {
  CollateralSource,
  CollectedCollateral,
  CollectOptions,
  MissingCollateral,
} from './source/collateral-source.ts';
export type { CollateralObserver } from './source/observer.ts';
export { AMD_KDS, amdKds } from './vendors/kds.ts';
export { INTEL_PCS, INTEL_ROOT_CRL, intelPcs, type TcbUpdate } from './vendors/pcs.ts';
export type { Vendor } from './vendors/vendor.ts';
