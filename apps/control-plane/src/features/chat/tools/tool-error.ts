/** ToolError is a mistake of the model: its message goes back to it as the result of the call. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
