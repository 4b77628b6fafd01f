export function People({ people, places, isMine, isBusy, onTakeOff }) {
  return (
    <section aria-labelledby="people">
      <h2 id="people">
        {people.length} of {places} places taken
      </h2>
      {people.length === 0 ? (
        <p className="empty">Nobody has signed up yet. Be the first.</p>
      ) : (
        <ol className="stack">
          {people.map(({ id, name }) => (
            <li key={id} className="card entry">
              <p className="row between">
                <span className="who">{name}</span>
                {isMine(id) && (
                  <button type="button" className="quiet" disabled={isBusy} onClick={() => onTakeOff(id)}>
                    Take me off
                  </button>
                )}
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
