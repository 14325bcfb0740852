export { chipPath, publishAmd, publishChip } from './mock-kds.ts';
export { intelPaths, publishIntel } from './mock-pcs.ts';
export { MockVendor, type MockVendorOptions, type VendorFault, type VendorPage } from './mock-vendor.ts';
export { TestClock } from './test-clock.ts';
