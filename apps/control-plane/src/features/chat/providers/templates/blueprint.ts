import { capitalise } from './words.ts';
import type { BuildPlan } from './first-request.ts';

/** blueprintOf is the input of propose_plan for what would be built from a template. */
export function blueprintOf({ template, settings }: BuildPlan) {
  const isPage = template.stack === 'static site';
  const { sections } = settings;
  const parts = sections.length > 0 ? `: ${sections.map(({ heading }) => heading).join(', ')}` : '';
  return {
    title: settings.title,
    pages: [`One page, “${settings.title}”${parts}`],
    data: isPage ? [] : ['What people enter is kept on the app’s machine and survives a restart'],
    behaviour: [capitalise(template.description)],
    left_out: [
      'Accounts and signing in',
      'Everything that the template does not have; without a model key I work from templates',
    ],
  };
}
