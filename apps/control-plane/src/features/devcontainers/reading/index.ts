export { invalid, parseConfigDocument, placeText, type ConfigDocument } from './config-document.ts';
export { readConfigFiles, type ConfigFiles } from './config-files.ts';
export {
  ENV_PROBES,
  HOOKS,
  LifecycleCommandSchema,
  MetadataSchema,
  PortAttributesSchema,
  readConfig,
  type Command,
  type DevcontainerConfig,
  type Hook,
  type LifecycleCommand,
  type Metadata,
  type MountValue,
} from './config-schema.ts';
export { isInside, readTar, type TarEntry, type TarSource } from './tar-source.ts';
export { createTextReader, type ReadText } from './text-reader.ts';
export { TreeDigest } from './tree-digest.ts';
