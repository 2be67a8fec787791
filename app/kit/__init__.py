"""The ground floor: one door each for time, secrets, database, errors, schemas. It knows nothing of accounts."""
