export {
  openAmdSite,
  pemOf,
  TestStore,
  type AmdSite,
  type AmdSiteOptions,
  type TestVendor,
} from './amd-site.ts';
export { chipPath, publishAmd, publishChip } from './mock-kds.ts';
export { intelPaths, publishIntel } from './mock-pcs.ts';
export { MockVendor, type MockVendorOptions, type VendorFault, type VendorPage } from './mock-vendor.ts';
export { TestClock } from './test-clock.ts';
export { LoopbackVendors, type LoopbackSource, type LoopbackSourceOptions } from './loopback-vendors.ts';
