export {
  kekConfigurationSchema,
  type KekConfiguration,
  type KekProviderSection,
  type KeyMirrorSection,
} from './configuration/configuration.ts';
export { readKekConfiguration } from './configuration/read-configuration.ts';
export type { Clock, KekDependencies } from './dependencies.ts';
export type { AttemptEvent, AttemptOptions } from './facade/attempts.ts';
export { guardKek } from './facade/guard-kek.ts';
export type { KeyMirror, MirrorCallOptions } from './mirror/key-mirror.ts';
export { MirrorError, type MirrorErrorCode } from './mirror/mirror-error.ts';
export { openKeyMirror } from './mirror/open-key-mirror.ts';
export { openKekProvider } from './open-kek-provider.ts';
