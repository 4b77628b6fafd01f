import { TerminalViewSchema } from '@spt-flow/shared/agent-protocol/terminal-view';
import * as z from 'zod/mini';

/** An attachment is one viewer of a terminal; the agent numbers them. */
const AttachmentId = z.number();
const Size = z.number();

/** What the agent tells the host. Bytes travel beside these, led by their attachment's number. */
export const ToHostSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('attach'),
    attachmentId: AttachmentId,
    terminalId: z.string(),
    cols: Size,
    rows: Size,
    command: z.nullable(z.string()),
    environment: z.record(z.string(), z.string()),
    viewer: z.string(),
    /** Only look, at what exists and is shared. */
    follow: z.boolean(),
    /** Whether what scrolled out of the screen is wanted too. */
    history: z.boolean(),
  }),
  z.object({ type: z.literal('resize'), attachmentId: AttachmentId, cols: Size, rows: Size }),
  z.object({ type: z.literal('share'), attachmentId: AttachmentId, isShared: z.boolean() }),
  z.object({ type: z.literal('detach'), attachmentId: AttachmentId }),
  /** The viewer takes no more for now. */
  z.object({ type: z.literal('pause'), attachmentId: AttachmentId }),
  z.object({ type: z.literal('resume'), attachmentId: AttachmentId }),
  /** Ends all terminals, and the host with them. */
  z.object({ type: z.literal('close') }),
]);
export type ToHost = z.infer<typeof ToHostSchema>;
export type Attach = Extract<ToHost, { type: 'attach' }>;

export const FromHostSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attached'), attachmentId: AttachmentId, reattached: z.boolean() }),
  z.object({ type: z.literal('view'), attachmentId: AttachmentId, view: TerminalViewSchema }),
  z.object({
    type: z.literal('exited'),
    attachmentId: AttachmentId,
    exitCode: z.number(),
    signal: z.nullable(z.string()),
  }),
  z.object({ type: z.literal('failed'), attachmentId: AttachmentId, message: z.string() }),
  /** There is no such terminal that is shared, or not any more. */
  z.object({ type: z.literal('refused'), attachmentId: AttachmentId }),
  /** The viewer was too slow for the others, or for the host's memory. */
  z.object({ type: z.literal('outpaced'), attachmentId: AttachmentId }),
]);
export type FromHost = z.infer<typeof FromHostSchema>;

const ID_BYTES = 4;

export function packData(attachmentId: number, bytes: Uint8Array): Uint8Array {
  const packed = Buffer.allocUnsafe(ID_BYTES + bytes.length);
  packed.writeUInt32BE(attachmentId, 0);
  packed.set(bytes, ID_BYTES);
  return packed;
}

export function unpackData(packed: Uint8Array): { attachmentId: number; bytes: Uint8Array } {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return { attachmentId: view.getUint32(0), bytes: packed.subarray(ID_BYTES) };
}
