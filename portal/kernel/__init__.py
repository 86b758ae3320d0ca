"""The ground floor: workflow, audit, events, outbox, access, references, disclosure. It knows no app above it."""
