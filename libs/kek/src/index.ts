export { KekError, type KekProvider } from '@asterism/keys';
