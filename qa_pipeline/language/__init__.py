"""English and Mandarin: normalisation, sentences, numbers, names, acts."""
