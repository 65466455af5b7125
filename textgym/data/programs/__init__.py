"""Functions assembled from steps that are known as wording, as code and as behaviour."""
