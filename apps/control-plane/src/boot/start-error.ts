/** StartError is why the control plane can't start, in one line that ends with the next step. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
