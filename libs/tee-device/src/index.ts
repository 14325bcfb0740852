export {
  readMachineFacts,
  type MachineFacts,
  type MachineFactsOptions,
  type VtpmFacts,
} from './detect/machine-facts.ts';
export { suggestVariant, type Suggestion, type SuggestedVariant } from './detect/suggest-variant.ts';
export { TeeDeviceError, type TeeDeviceErrorCode } from './errors.ts';
export { readFirmwareEventLog } from './event-log.ts';
export {
  AZURE_IMDS,
  readThimCertificates,
  requestTdQuote,
  type AzureImdsOptions,
} from './imds/azure-imds.ts';
export { SYSTEM_ROOTS, type DeviceRoots } from './roots.ts';
export { extendRtmr, readRtmr, type Rtmr } from './tsm/measurement-register.ts';
export {
  requestTsmReport,
  type TsmOptions,
  type TsmProvider,
  type TsmReport,
  type TsmRequest,
} from './tsm/report.ts';
export { readAzureAk, readAzureAkCertificates, readHclReport } from './vtpm/azure.ts';
export { createGoogleAk, type GoogleAk } from './vtpm/google.ts';
