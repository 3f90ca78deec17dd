"""What ships, made and checked: sdist and wheel, source archive, and where their bytes lie."""
