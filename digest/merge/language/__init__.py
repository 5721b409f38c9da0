"""Reading news in many languages: words, sentences, figures, quotations; pure."""
