export {
  mintNitroDocument,
  type MintedNitroDocument,
  type NitroDocumentOrder,
} from './mint-nitro-document.ts';
