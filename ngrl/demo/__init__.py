"""Makes the demo cohort: invented people and genotypes, and a few findings that a reader can check. No database."""
