"""qa_pipeline listens to every recorded customer-service call and scores it with evidence."""

__version__ = "0.1.0"
