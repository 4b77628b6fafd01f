export function SignUpForm({ fields, left, isBusy, onSend }) {
  async function send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    if (await onSend(new FormData(form))) form.reset();
  }

  return (
    <section className="card" aria-labelledby="sign-up">
      <h2 id="sign-up">Sign up</h2>
      <p className="muted">{left === 1 ? 'One place is left.' : `${left} places are left.`}</p>
      <form className="fields" onSubmit={send}>
        <label>
          Your name <input name="name" maxLength={60} autoComplete="name" required />
        </label>
        {fields.map(({ name, label }) => (
          <label key={name}>
            {label} <input name={name} maxLength={200} />
          </label>
        ))}
        {fields.length > 0 && <p className="small muted">The page shows your name only.</p>}
        <button disabled={isBusy}>Put me down</button>
      </form>
    </section>
  );
}
