"""What each block of a PDF is: headings and their levels, captions, tables that go on over pages. Our own small models."""
