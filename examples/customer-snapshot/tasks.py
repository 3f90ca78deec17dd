from windlass import collection

ns = collection()
