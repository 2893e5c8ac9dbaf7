"""The profile PDF: from one application to one document a hiring manager reads in ten seconds and files for good."""
