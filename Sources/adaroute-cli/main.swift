print("adaroute")
