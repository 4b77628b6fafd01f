export { createPortForwards } from './port-forwards.ts';
