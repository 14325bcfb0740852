export { EMERGENCY_PRINCIPAL } from './emergency.ts';
