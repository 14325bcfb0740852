export { mintHclReport, type HclReportOrder } from './mint-hcl-report.ts';
