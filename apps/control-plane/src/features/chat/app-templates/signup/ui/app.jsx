import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { People } from './people.jsx';
import { SignUpForm } from './sign-up-form.jsx';

const LOST = 'This could not be saved. Please check your connection and try again.';
const root = document.getElementById('app');
const { fields, places, people: atFirst } = JSON.parse(root.dataset.state);

/** Keys of the names that were put down in this browser. */
function readKeys() {
  try {
    return JSON.parse(localStorage.getItem('keys')) ?? {};
  } catch {
    return {};
  }
}

/** A browser that keeps nothing of this page lets one take a name off until the page is left. */
function keep(keys) {
  try {
    localStorage.setItem('keys', JSON.stringify(keys));
  } catch {
    // Nothing can be done about it here.
  }
}

async function ask(path, options) {
  const response = await fetch(path, options);
  return { ok: response.ok, ...(await response.json()) };
}

function App() {
  const [people, setPeople] = useState(atFirst);
  const [keys, setKeys] = useState(readKeys);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function change(path, options) {
    setBusy(true);
    const answer = await ask(path, options).catch(() => ({ ok: false, problem: LOST }));
    setBusy(false);
    setProblem(answer.ok ? '' : (answer.problem ?? LOST));
    if (answer.people) setPeople(answer.people);
    return answer;
  }

  async function signUp(values) {
    const answer = await change('/people', { method: 'POST', body: new URLSearchParams(values) });
    if (!answer.ok) return false;
    const mine = { ...keys, [answer.id]: answer.key };
    keep(mine);
    setKeys(mine);
    return true;
  }

  const takeOff = (id) => change(`/people/${id}`, { method: 'DELETE', headers: { 'x-key': keys[id] } });
  const left = Math.max(0, places - people.length);

  return (
    <>
      {problem && <p className="notice" role="alert">{problem}</p>}
      {left > 0 ? <SignUpForm fields={fields} left={left} isBusy={isBusy} onSend={signUp} /> : <p className="notice">All {places} places are taken.</p>}
      <People people={people} places={places} isMine={(id) => id in keys} isBusy={isBusy} onTakeOff={takeOff} />
    </>
  );
}

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
