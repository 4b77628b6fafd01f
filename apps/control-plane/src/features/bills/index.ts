export { createBillsRepository } from './bills-repository.ts';
export { registerBillRoutes } from './bills-routes.ts';
export { createBillsService } from './bills-service.ts';
export { addToMonth, monthOf, type Used } from './monthly-use-repository.ts';
